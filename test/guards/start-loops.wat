;; Never gets through its start section.

(func $start (loop $for_ever (br $for_ever)))
(start $start)
