package wire

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Bait opens a canary that gives pages to whoever comes, by their paths: what a
// service that lets itself be led there needs in order to believe it.
func Bait(pages map[string]string) (*Canary, error) {
	return listen(func(conn net.Conn) {
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second)) // a connection that has no deadline is closed
		r, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return // it came, which is all that counts
		}
		page, ok := pages[r.URL.Path]
		status := "200 OK"
		if !ok {
			status = "404 Not Found"
		}
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, len(page), page)
	})
}
