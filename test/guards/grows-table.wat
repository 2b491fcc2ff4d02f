;; Grows a table of references by one entry, again and again, whether it gets one or not.

(table $table 1 externref)

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (loop $for_ever
    (drop (table.grow $table (ref.null extern) (i32.const 1)))
    (br $for_ever))
  unreachable)
