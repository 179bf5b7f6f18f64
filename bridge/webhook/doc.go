// Package webhook tells one URL what happens to recoveries: prompts that wait for
// somebody, and how recoveries ended, so that nobody has to stare at a page.
//
// What it promises:
//   - At least once, in the order of the log. How far it got is on disk before it goes
//     on; after a restart it goes on there. Every notice has an id that stays the same,
//     so that whoever hears one twice can tell.
//   - It never gives up silently: each failed try is logged and counted, and what stays
//     undelivered for longer than the time given is logged as lost.
//   - It holds nobody up: it follows the log as any listener does, and what the receiver
//     does is never waited for by those who decide.
//   - What the template fills into JSON stays JSON, whatever an expert wrote.
//
// What it refuses to know: what a receiver does with a notice. It hears through package
// client, and can run where there is no controller.
package webhook
