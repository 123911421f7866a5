package contracts

import "testing"

func TestErrorsAreGroupedByTheirAuthor(t *testing.T) {
	row := func(name, layer, verdict string, status int) ShapeRow {
		return ShapeRow{Name: name, Layer: layer, Verdict: verdict, Shape: Shape{Status: status}}
	}
	o := Shapes{Rows: []ShapeRow{row("a", layerApplication, "", 401), row("b", layerExpress, "html", 404), row("c", layerExpress, "html", 400),
		row("d", layerExpress, "text", 400), row("e", layerNode, "empty", 431), row("f", layerApplication, "accepted", 200), row("g", "", "unanswered", 0)}}
	all := o.Authors()
	if len(all) != 3 || all[0].Layer != layerExpress || all[0].Wrong != 3 || len(all[0].Causes) != 2 || all[2].Layer != layerApplication || all[2].Wrong != 0 || all[2].Errors != 1 {
		t.Fatalf("%+v", all)
	}
	if c := all[0].Causes[0]; c.Verdict != "html" || c.Count != 2 || c.Names != "b, c" || c.Statuses != "404 · 400" || c.Example != "b" {
		t.Errorf("%+v", c)
	}
	if b := blamed(all); len(b) != 2 || b[0] != "express: 3" || b[1] != "node_parser: 1" {
		t.Errorf("%v", b)
	}
}
