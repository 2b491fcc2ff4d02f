;; Grows its memory and its table in its start section until it gets no more, and answers with a size: 0 asks for the
;; memory's, 1 for the table's.

(table $table 1 funcref)

(func $start
  (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
  (loop $more (br_if $more (i32.ne (table.grow $table (ref.null func) (i32.const 1)) (i32.const -1)))))
(start $start)

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $answer_number
    (local.get $out)
    (select (table.size $table) (memory.size) (call $number_asked (local.get $in)))))
