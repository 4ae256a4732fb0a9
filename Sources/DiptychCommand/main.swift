// The program `diptych`.

import Glibc

// A reader that ends early is an error of the write, not the death of a training run.
signal(SIGPIPE, SIG_IGN)
// A file that outgrows the limit of the shell is a failed write, which is told and loses nothing.
signal(SIGXFSZ, SIG_IGN)
// Who starts a program from a thread that blocks signals (as Dispatch's do) hands that on: then none would ever come.
Interruption.unblock()
let program = Program(commands: commands, console: .standardError)
exit(program.run(Array(CommandLine.arguments.dropFirst())).rawValue)
