// Owns the values that templates are made of.
import { isObject } from '../../../../base/json.ts'

export type TemplateValue =
  | string
  | number
  | boolean
  | null
  | TemplateValue[]
  | { [key: string]: TemplateValue }
export type TemplateObject = { [key: string]: TemplateValue }

/** True for a value that has members: neither a scalar nor a list. */
export function isTemplateObject(value: TemplateValue | undefined): value is TemplateObject {
  return isObject(value)
}
