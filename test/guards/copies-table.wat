;; Copies half of its table to the other half, again and again.

(table $table 10000 funcref)

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (loop $for_ever
    (table.copy $table $table (i32.const 5000) (i32.const 0) (i32.const 5000))
    (br $for_ever))
  unreachable)
