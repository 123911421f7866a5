package contracts

import (
	"maps"
	"slices"
	"strings"

	"listo/internal/engine/openapi"
)

// house is the form that a service's errors share.
type house struct {
	media   string
	members []string
	// declared is the schema that the document gives all errors; nil: it gives them
	// none in common, and the form that most of them have counts.
	declared *openapi.Schema
}

// houseOf is the form of most of the answers that are JSON objects: their media
// type and the members that all with this media type have.
func houseOf(all []Shape) house {
	count := map[string]int{}
	for _, s := range all {
		if s.Fault == "none" {
			count[s.Media]++
		}
	}
	h := house{}
	for _, media := range slices.Sorted(maps.Keys(count)) {
		if count[media] > count[h.media] {
			h.media = media
		}
	}
	h.members = common(all, h.media)
	return h
}

// common gives the members that most answers of a media type have, with one type.
func common(all []Shape, media string) []string {
	count, n := map[string]int{}, 0
	for _, s := range all {
		if s.Fault == "none" && s.Media == media {
			n++
			for _, m := range s.Members {
				count[m]++
			}
		}
	}
	var members []string
	for _, m := range slices.Sorted(maps.Keys(count)) {
		if count[m]*2 > n {
			members = append(members, m)
		}
	}
	return members
}

// against tells in which way an answer is not of the house's form; "": it is.
// Members may be added to those that most have; none of them may be missing in
// a problem (RFC 9457), and of another house's form one at least must be there.
func (s Shape) against(h house) string {
	switch {
	case s.Fault != "none":
		return s.Fault
	case s.Claims != 0 && s.Claims != s.Status:
		return "status"
	case h.media != "" && s.Media != h.media:
		return "media_differs"
	case s.Media == "application/problem+json" && badProblem(s.Members):
		return "problem"
	case h.declared != nil && len(h.declared.InAnswer(s.object)) > 0:
		return "schema"
	case h.declared == nil && len(h.members) > 0 && !slices.ContainsFunc(h.members, func(m string) bool { return slices.Contains(s.Members, m) }):
		return "members"
	}
	return ""
}

// badProblem tells that a member which RFC 9457 defines has another type.
func badProblem(members []string) bool {
	types := map[string]string{"type": "string", "title": "string", "status": "number", "detail": "string", "instance": "string"}
	return len(members) == 0 || slices.ContainsFunc(members, func(m string) bool {
		name, kind, _ := strings.Cut(m, ":")
		want, defined := types[name]
		return defined && kind != want
	})
}

// houseIn is the form that the document declares for errors, or else that of most
// errors that came. The document's counts where all its errors have one and the
// same schema, as those with a shared response do.
func houseIn(d *openapi.Document, all []Shape) house {
	h := houseOf(all)
	media, schema := declaredForm(d)
	if schema == nil {
		return h
	}
	return house{media: media, members: common(all, media), declared: schema}
}

// declaredForm gives the media type and the schema of all documented errors; nil
// when they are not all the same.
func declaredForm(d *openapi.Document) (string, *openapi.Schema) {
	var media string
	var schema *openapi.Schema
	for _, op := range d.Operations {
		for _, status := range slices.Sorted(maps.Keys(op.Answers)) {
			if status != "default" && status[0] != '4' && status[0] != '5' {
				continue
			}
			for _, m := range op.Answers[status].Content {
				switch {
				case m.Schema == nil || strings.Contains(m.Type, "*") || !openapi.IsJSON(m.Type):
					return "", nil
				case schema == nil:
					media, schema = m.Type, m.Schema
				case m.Type != media || m.Schema.Target() != schema.Target():
					return "", nil
				}
			}
		}
	}
	return media, schema
}

// formless tells that there is nothing to hold an answer against: neither does
// the document say what errors look like, nor has any other error a form.
func (h house) formless() bool { return h.declared == nil && (h.media == "" || len(h.members) == 0) }
