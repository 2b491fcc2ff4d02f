/** Something that differs between two equal conversations, and why. */
export interface Mask {
  readonly reason: string;
  /** The text without it. */
  readonly apply: (text: string) => string;
}

const uuid = /\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;

/** Of server-everything over HTTP, which tells its session's id in texts; over stdio it is `undefined` in both. */
export const sessionId: Mask = {
  reason: 'the server names its session, which is another in each conversation',
  apply: (text) => text.replaceAll(uuid, '<session>'),
};

/** Of server-everything's dynamic resources, as text. */
export const timeOfDay: Mask = {
  reason: 'the server writes the time of day into the resource',
  apply: (text) => text.replaceAll(/\d{1,2}:\d\d:\d\d( |\u202f)[AP]M/g, '<time>'),
};

/** Of server-everything's dynamic resources, as base64. */
export const timeOfDayInBlob: Mask = {
  reason: 'the server writes the time of day into the resource, in base64',
  apply: (text) =>
    text.replaceAll(/"blob":"([^"]*)"/g, (_, blob: string) => {
      return `"blob":${JSON.stringify(timeOfDay.apply(Buffer.from(blob, 'base64').toString()))}`;
    }),
};

/** Of server-filesystem's `get_file_info`. */
export const fileTimes: Mask = {
  reason: 'each conversation finds files that were written anew',
  apply: (text) => text.replaceAll(/(created|modified|accessed): [^"\\]*/g, '$1: <time>'),
};

/** Of server-everything's simulated log. */
export const randomLevel: Mask = {
  reason: 'the server draws the level and the text of its message by lot',
  apply: (text) =>
    text
      .replace(/"level":"\w+"/, '"level":"<any>"')
      .replace(/"data":"[\w]+[- ]level[- ]message/, '"data":"<any> message'),
};

/** Of tasks: the SDK's store makes them. */
export const taskId: Mask = {
  reason: 'the server draws the id of a task by lot',
  apply: (text) =>
    text.replaceAll(/"taskId":"\w+"/g, '"taskId":"<id>"').replaceAll(/\b[0-9a-f]{32}\b/g, '<id>'),
};

/** Of tasks. */
export const taskTimes: Mask = {
  reason: 'a task says when it was made and changed',
  apply: (text) => text.replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"<time>"'),
};

/** Of the error that asks for a URL to be opened. */
export const elicitationId: Mask = {
  reason: 'the server draws the id of the elicitation by lot',
  apply: (text) => text.replaceAll(uuid, '<elicitation>'),
};

/** The text without all that. */
export function masked(text: string, masks: readonly Mask[]): string {
  return masks.reduce((rest, { apply }) => apply(rest), text);
}
