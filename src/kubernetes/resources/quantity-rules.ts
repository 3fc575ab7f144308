// Owns the rules for amounts in fields: not negative, or more than nothing.
// Source: kubernetes pkg/apis/core/validation (ValidateNonnegativeQuantity, ValidatePositiveQuantityValue).
import { parseMilli } from '../../base/quantity.ts'
import { invalid, type FieldError } from './field-error.ts'

/** A finding for an amount below zero, where one is set; it has been decoded as a quantity. */
export function nonNegativeQuantity(field: string, value: string | undefined): FieldError[] {
  if (value === undefined || parseMilli(value) >= 0n) return []
  return [invalid(field, value, 'must be greater than or equal to 0')]
}

/** The warning for an amount of bytes that is no whole number of them. */
export function fractionWarnings(field: string, value: string | undefined): string[] {
  if (value === undefined || parseMilli(value) % 1000n === 0n) return []
  return [`${field}: fractional byte value ${JSON.stringify(value)} is invalid, must be an integer`]
}

/** A finding for an amount that is nothing or less; it has been decoded as a quantity. */
export function positiveQuantity(field: string, value: string): FieldError[] {
  return parseMilli(value) > 0n ? [] : [invalid(field, value, 'must be greater than zero')]
}
