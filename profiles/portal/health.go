package portal

import (
	"context"
	"net/http"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// healthPath is where load balancers ask whether the portal lives and can read its
// tickets: 200 or 503. They ask for it under any host, since they know the address only.
const healthPath = "/healthz"

// healthKey is what the log's records of failing health are counted against.
const healthKey = "health"

// healthPatience is how long the store may take.
const healthPatience = 2 * time.Second

func (p *Portal) serveHealth(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), healthPatience)
	defer cancel()
	w.Header().Set("Content-Type", "application/json")
	_, err := p.Store.List(ctx, ticket.Query{Limit: 1})
	if r.Context().Err() != nil { // who asked has gone
		return
	}
	if err != nil && p.told.take(healthKey, ofServerLog) == 0 {
		p.Log.ErrorContext(r.Context(), "looking after the portal's health", "err", err)
	}
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		w.Write([]byte(`{"status":"failing","tickets":"not readable"}` + "\n"))
		return
	}
	w.Write([]byte(`{"status":"ok"}` + "\n"))
}
