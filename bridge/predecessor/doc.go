// Package predecessor is the predecessor's door: the HTTP that CMS's DAQExpert speaks,
// answered by this project's controllers. It also reads the markup by which that expert
// writes jobs into texts.
//
// What it promises:
//   - An expert that was written for the predecessor needs no change: names, codes,
//     content types and empty bodies are as it expects them; what it can't know is added
//     nowhere.
//   - A flag relates to whatever is under way when it is decided, as it did there: where
//     that changes between looking and deciding, the request is sent again, as a new one.
//   - The order of the list is the order of the steps. Indexes may be sparse or doubled;
//     they are kept and shown again.
//   - What happens is decided and recorded as everything else: the expert asks as expert
//     daqexpert, who interrupts or switches automation does so as operator predecessor.
//
// What it refuses to know: how anything is decided, stored or carried. It asks through
// package client, and can run where there is no controller.
package predecessor
