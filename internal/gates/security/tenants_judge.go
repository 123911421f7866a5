package security

import (
	"slices"

	"listo/internal/evidence"
)

// outcome tells what a stranger's answer means: "" when it was refused. A read
// that shows nothing of the owner's was refused in its own way: an empty list.
func (d Deed) outcome() string {
	switch {
	case d.Status == 0:
		return "unanswered"
	case d.Status == 429:
		return "throttled"
	case d.Status/100 == 2 && d.By == nobody:
		return "anonymous"
	case d.Status/100 == 2 && d.Shown > 0:
		return "shown"
	case d.Status/100 == 2 && !d.Reads:
		return "taken"
	case d.Status >= 500:
		return "broken"
	}
	return ""
}

// readByStranger tells whether somebody else's answer to a read was a success:
// then it is the owner's rows that tell an empty list from a leak, and without any
// (an empty list, a text that is no JSON) nothing does.
func (o Tenants) readByStranger(own Deed) bool {
	return slices.ContainsFunc(o.Foreign, func(d Deed) bool {
		return d.Owner == own.Owner && d.Request == own.Request && d.Status/100 == 2 && d.Shown == 0
	})
}

// ofOwner tells what an owner's own answer means: "" when it is as it was, and tells
// apart what strangers got.
func (o Tenants) ofOwner(d Deed) string {
	switch {
	case d.Reads && d.Rows == 0 && o.readByStranger(d), d.Status/100 != 2:
		return "uncontrolled"
	case d.Reads && !d.Steady:
		return "unsteady"
	case d.Reads && !d.Unchanged:
		return "changed"
	}
	return ""
}

func judgeTenants(o Tenants, _ evidence.Limits) evidence.Finding {
	found := map[string][]string{}
	for _, d := range o.Foreign {
		if out := d.outcome(); out != "" {
			found[out] = append(found[out], d.Request)
		}
	}
	rows := 0
	for _, d := range o.Own {
		rows += d.Rows
		if out := o.ofOwner(d); out != "" {
			found[out] = append(found[out], d.Request)
		}
	}
	if !o.triedAll() {
		found["unanswered"] = append(found["unanswered"], "…")
	}
	facts := evidence.Facts{"tricks": len(o.Tricks), "tables": 0, "restless": 0, "companies": len(o.Companies), "foreign": len(o.Foreign), "own": len(o.Own), "rows": rows, "left_out": o.LeftOut}
	found["shown"] = append(found["shown"], o.bent()...)
	if o.Stored != nil {
		facts["tables"], facts["restless"] = o.Stored.Tables, len(o.Stored.Restless)
		found["changed"] = append(found["changed"], sortedKeys(o.Stored.Gone)...)
	}
	for _, reason := range []string{"anonymous", "shown", "taken", "changed", "broken"} {
		if len(found[reason]) > 0 {
			facts["requests"] = once(found[reason])
			return evidence.Failed(reason, facts)
		}
	}
	for _, reason := range []string{"unanswered", "throttled", "uncontrolled", "unsteady"} {
		if len(found[reason]) > 0 {
			facts["requests"] = once(found[reason])
			return evidence.Undecided(reason, facts)
		}
	}
	switch {
	case len(o.Companies) < 2 || len(o.Foreign) == 0 || len(o.Own) == 0 || rows == 0:
		facts["requests"] = []string{}
		return evidence.Undecided("uncontrolled", facts)
	case o.LeftOut > 0:
		return evidence.Undecided("left_out", facts)
	}
	return evidence.Passed("apart", facts)
}
