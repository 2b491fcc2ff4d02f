;; Grows a table of references until it gets no more, fills it, and answers with its size.

(table $table 1 externref)

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (loop $more (br_if $more (i32.ne (table.grow $table (ref.null extern) (i32.const 100)) (i32.const -1))))
  (table.fill $table (i32.const 0) (ref.null extern) (table.size $table))
  (call $answer_number (local.get $out) (table.size $table)))
