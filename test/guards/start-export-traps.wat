;; Exports a _start that traps, which nobody calls.

(func (export "_start") unreachable)
