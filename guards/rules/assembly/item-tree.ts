// Trees: an item that holds further items, whose names are names in the folder above them.

import { JsonDocument, JsonKind, NOWHERE } from '../../json/json-document';
import { FieldLabels } from './field-labels';
import { Field } from './policy';
import { subjectOf } from './subject';
import { isDots } from './text-tricks';

/** A name that stands for no file, so that no rule for paths matches it. */
const NO_PATH: string = '';

/** Looks at an item and, at any depth, at the items inside it. */
export class ItemTree {
  constructor(
    private readonly field: Field,
    private readonly document: JsonDocument,
    private readonly labels: FieldLabels,
  ) {}

  /** `folder` is the path of the folder that the item is named in; null: the values are not names but themselves. */
  look(item: i32, folder: string | null): void {
    let path: string | null = null;
    if (folder == null) {
      this.labels.look(this.field, this.document, item, false);
    } else {
      path = this.pathOf(item, folder);
      this.labels.say(this.field, subjectOf(path));
    }
    this.lookInside(item, path);
  }

  private lookInside(item: i32, folder: string | null): void {
    const nested = this.field.nested;
    if (nested == null) return;
    const inner = nested.locate(this.document, item);
    if (inner == NOWHERE) return;
    if (!this.document.is(inner, JsonKind.Array)) {
      this.labels.isIncomplete = true;
      return;
    }
    const end = this.document.after(inner);
    for (let at = inner + 1; at < end; at = this.document.after(at)) this.look(at, folder);
  }

  private pathOf(item: i32, folder: string): string {
    const name = this.field.pointers[0].locate(this.document, item);
    if (folder == NO_PATH || !this.document.is(name, JsonKind.String)) return NO_PATH;
    const text = this.document.text(name);
    return text.length == 0 || text.includes('/') || isDots(text) ? NO_PATH : folder + '/' + text;
  }
}
