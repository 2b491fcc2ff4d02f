;; Its allocator asks the backend before it gives a buffer, so that its input is kept meanwhile. It answers with a byte of that.

(data (i32.const 1024) "get\00")
(data (i32.const 1028) "{}\00")

(func (export "alloc") (param $bytes i32) (result i32)
  (drop (call $ask (i32.const 1024) (i32.const 1028) (i32.const 2048) (i32.const 4096)))
  (call $allocate (local.get $bytes)))

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $answer_number (local.get $out) (i32.load8_u offset=100 (local.get $in))))
