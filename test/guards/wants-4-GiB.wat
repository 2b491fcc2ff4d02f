;; Starts with as much memory as there can be.

(memory (export "memory") 65536)
