package security

import (
	"slices"
	"testing"

	"listo/internal/evidence"
)

// Each member that is the service's is taken by a twin of its own, and caught by name.
func TestEveryMemberIsCaught(t *testing.T) {
	for _, name := range []string{"id", "userId", "createdAt", "isAdmin"} {
		t.Run(name, func(t *testing.T) {
			b, _ := beside(t, func(t *twin) { t.takes = func(n string) bool { return n == name } })
			if f := tried(t, assignmentID, b); f.Reason != "assigned" || !slices.Equal(f.Facts["members"].([]string), []string{name}) {
				t.Errorf("%v %q %+v", f.Outcome, f.Reason, f.Facts)
			}
		})
	}
}

func TestForgedFor(t *testing.T) {
	others := []map[string]any{{"usuarioId": 3.0}}
	for _, c := range []struct {
		name  string
		value any
		ours  bool
	}{
		{"id", 7.0, true}, {"id", "0b1c-made-by-the-client", false}, {"usuarioId", 2.0, true}, {"usuarioId", 3.0, false}, {"created_at", "2026-01-01T00:00:00Z", true},
		{"creadoEn", "2026-01-01T00:00:00Z", true}, {"createdBy", "ana", false}, {"estado", "pendiente", false}, {"total", 7.0, false}, {"isAdmin", false, true}, {"isAdmin", true, false},
		{"role", "empleado", true}, {"role", "admin", false}, {"empresaId", 7.0, false},
	} {
		if _, ours := forgedFor(c.name, c.value, others); ours != c.ours {
			t.Errorf("%s %v: %t", c.name, c.value, ours)
		}
	}
	if !same("1999-09-09T11:09:09.000+02:00", forgedTime) || same("2026-01-01T00:00:00Z", forgedTime) || !same(float64(forgedNumber), forgedNumber) || same(7.0, forgedNumber) {
		t.Error("same")
	}
}

func TestJudgeAssignment(t *testing.T) {
	of := func(plain int, m ...Member) Assignment {
		return Assignment{Created: []Created{{Request: "POST /x", Plain: plain, Members: m}}}
	}
	tryJudge(t, assignment(), []judgement[Assignment]{
		{of(201, Member{Name: "id", Curl: "curl", Status: 201}), evidence.Pass, "own"},
		{of(201, Member{Name: "id", Curl: "curl", Status: 422}), evidence.Pass, "own"},
		{of(201, Member{Name: "id", Curl: "curl", Status: 201, Taken: true}), evidence.Fail, "assigned"},
		{of(201, Member{Name: "id", Curl: "curl", Status: 500}), evidence.Fail, "broken"},
		{of(403, Member{Name: "id", Curl: "curl", Status: 201}), evidence.Unproven, "uncontrolled"},
		{of(201, Member{Name: "id", Curl: "curl", Status: 429}), evidence.Unproven, "throttled"},
		{of(201, Member{Name: "id", Curl: "curl"}), evidence.Unproven, "unanswered"},
		{of(201), evidence.Unproven, "nothing"},
		{Assignment{LeftOut: true}, evidence.Unproven, "left_out"},
	})
}
