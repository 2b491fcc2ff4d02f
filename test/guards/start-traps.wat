;; Executes an instruction that traps in its start section.

(func $start unreachable)
(start $start)
