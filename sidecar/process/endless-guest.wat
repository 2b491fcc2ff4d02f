;; What no engine can stop, only the kernel: calls that never return and leave no stack behind.
(module
  (memory (export "memory") 1)
  (func $again (result i32) (return_call $again))
  (func (export "label_agent") (param i32 i32 i32 i32) (result i32) (return_call $again)))
