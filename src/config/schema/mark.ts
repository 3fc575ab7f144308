// Owns how it is marked what the program does with a published field.

/** The marks of one type. Every field of a type that can be reached has one; schema.test.ts compares. */
export interface TypeMarks {
  /** Acted on. */
  readonly honoured?: readonly string[]
  /** Errors, since the result would be another one: why, and what to do instead. Nothing below is marked. */
  readonly refused?: Readonly<Record<string, string>>
  /** Warnings: why nothing in a near region depends on it. Nothing below is marked. */
  readonly noEffect?: Readonly<Record<string, string>>
}

/** The marks of several types, by their published names. */
export type Marks = Readonly<Record<string, TypeMarks>>
