;; Says each time how large its buffer is, and that it needs as many bytes as the tool's number says.

(data (i32.const 1024) "asked with a buffer\00")

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $say (i32.const 1) (i32.const 1024))
  (i32.store (local.get $out) (call $number_asked (local.get $in)))
  (i32.const -2))
