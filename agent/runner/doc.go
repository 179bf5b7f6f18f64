// Package runner carries out what an actions file describes: by programs, by web
// services, and by services on the broker.
//
// What it promises:
//   - Nothing is begun before the parameters fit and every template is filled; what
//     is refused then says that nothing was done.
//   - No shell is ever started by itself. A program runs in a process group of its
//     own, with the directory, user and environment that the file states.
//   - "Aborted" is said when the whole group is gone, or the service has confirmed
//     it. What left the group and still runs is named. Whatever can't be told is
//     said to be unknown.
//   - What comes out (text, output, data, progress) is bounded and holds no secret
//     of the file.
//   - After a crash of the agent it tells what still runs of the attempt.
//
// What it refuses to know: claims, grants, the journal's content, and who asks.
package runner
