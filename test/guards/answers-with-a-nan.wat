;; Answers with the eight bytes of a NaN that carries something.

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (f64.store (local.get $out) (f64.const -nan:0xfffff12345678))
  (i32.const 8))
