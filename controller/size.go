package controller

import "expertcontroller/schema"

// requestSize estimates what a request takes beside what its status repeats, in bytes;
// rather too much.
func requestSize(m *schema.Request) int {
	if m == nil {
		return 0
	}
	n := 500 + len(m.Problem.Description) + len(m.Problem.Title)
	for k, v := range m.Problem.Context {
		n += len(k) + len(v) + 8
	}
	for i := range m.Steps {
		n += 200 + len(m.Steps[i].Title) + len(m.Steps[i].Parameters)
		if needed := m.Steps[i].Needed; needed != nil {
			n += 200 + len(needed.Parameters)
		}
		for _, agent := range m.Steps[i].Agents {
			n += len(agent) + 3
		}
	}
	if care := m.Aftercare; care != nil {
		for _, texts := range [][]string{care.Completed, care.Failed} {
			for _, text := range texts {
				n += len(text) + 3
			}
		}
	}
	if m.Probe != nil {
		n += 200 + len(m.Probe.Parameters)
	}
	return n
}

// bareSize is for what every recovery has.
const bareSize = 1500

// sizeOf estimates what a recovery without its request takes in an entry, in bytes;
// rather too much. Texts count as they are written: a control character takes six bytes,
// and many recoveries may be due in one entry, which nobody could make smaller.
func sizeOf(r *schema.Status) int {
	n := bareSize
	for i := range r.Problems {
		p := &r.Problems[i]
		n += problemSize(p.ID, p.Key, p.Title, p.Description, p.Context)
	}
	for i := range r.Steps {
		n += 400 + 2*schema.TextSize(r.Steps[i].Title)
		for j := range r.Steps[i].Members {
			n += 50 + len(r.Steps[i].Members[j].Agent)
		}
		for j := range r.Steps[i].Attempts {
			a := &r.Steps[i].Attempts[j]
			n += 400 + schema.TextSize(a.Output) + schema.TextSize(a.Text) + len(a.Data)
		}
	}
	for i := range r.Probes {
		n += 400 + schema.TextSize(r.Probes[i].Output) + schema.TextSize(r.Probes[i].Text) + len(r.Probes[i].Data)
	}
	for i := range r.ClosedPrompts {
		n += 250 + schema.TextSize(r.ClosedPrompts[i].Why)
	}
	return n
}

func problemSize(id, key, title, description string, context map[string]string) int {
	n := 300 + schema.TextSize(id) + schema.TextSize(key) + schema.TextSize(title) + schema.TextSize(description)
	for k, v := range context {
		n += schema.TextSize(k) + schema.TextSize(v) + 2
	}
	return n
}
