;; Labels everything public and gives responses no labels, as the prelude does.
