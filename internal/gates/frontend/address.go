package frontend

import (
	"errors"
	"net/url"
	"strings"

	"listo/internal/engine/manifest"
)

// address is a recorded file and the paths that may serve it: one of them must.
type address struct {
	file  manifest.Entry
	paths []string
	page  bool // asked for as a browser asks for a page
}

const index = "index.html"

// addressesOf gives what the service must serve. The page index.html is asked
// for under the pages' paths and not under its own name: servers redirect that
// (Go's http.FileServer) or do not know it. An index.html further down may have
// either.
func addressesOf(s *Settings, m manifest.Manifest) ([]address, error) {
	var all []address
	for _, e := range m {
		own := s.servedAt() + (&url.URL{Path: e.Path}).EscapedPath()
		switch {
		case e.Link != "":
			continue
		case e.Path == index:
			for _, page := range s.pages() {
				all = append(all, address{e, []string{page}, true})
			}
		case strings.HasSuffix(e.Path, "/"+index):
			all = append(all, address{e, []string{strings.TrimSuffix(own, index), own}, true})
		default:
			all = append(all, address{e, []string{own}, false})
		}
	}
	if _, ok := m.Find(index); !ok && len(s.Pages) > 0 {
		return nil, errors.New("frontend: pages are to serve index.html, but the manifest lists none: delete pages or record the folder that holds it")
	}
	return all, nil
}
