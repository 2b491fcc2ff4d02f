;; Logs one line of ten million bytes.

(memory (export "memory") 200)

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (memory.fill (i32.const 65536) (i32.const 120) (i32.const 10000000))
  (call $host_log (i32.const 1) (i32.const 65536) (i32.const 10000000))
  (call $answer_public (local.get $out)))
