;; Has no allocator: its buffers sit at the end of its memory. Answers with the last byte of its input, a brace: 125.

(module
  (memory (export "memory") 1)
  (data (i32.const 0) "{\"agent\":{},\"difc_mode\":\"filter\"}")
  (data (i32.const 64) "{\"resource\":{\"description\":\"ends with _\"}}")

  (func (export "label_agent") (param i32 i32 i32 i32) (result i32)
    (memory.copy (local.get 2) (i32.const 0) (i32.const 33))
    (i32.const 33))

  (func (export "label_resource") (param i32 i32 i32 i32) (result i32)
    (memory.copy (local.get 2) (i32.const 64) (i32.const 42))
    (i32.store8 offset=38 (local.get 2)
      (i32.load8_u (i32.sub (i32.add (local.get 0) (local.get 1)) (i32.const 1))))
    (i32.const 42))

  (func (export "label_response") (param i32 i32 i32 i32) (result i32)
    (i32.const 0)))
