;; Imports a host function that no host has.

(module
  (import "env" "read_file" (func (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $label (export "label_agent") (param i32 i32 i32 i32) (result i32) (i32.const 0))
  (export "label_resource" (func $label))
  (export "label_response" (func $label)))
