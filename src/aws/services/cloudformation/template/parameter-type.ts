// Owns what the name of a parameter's type says of its value.

/** The type that an SSM parameter stands for: `List<String>` of `AWS::SSM::Parameter::Value<List<String>>`. */
export function storedType(type: string): string | undefined {
  return /^AWS::SSM::Parameter::Value<(.+)>$/.exec(type)?.[1]
}

/** True for a parameter whose value is a list, separated by commas. */
export function isListType(type: string): boolean {
  const own = storedType(type) ?? type
  return own === 'CommaDelimitedList' || own.startsWith('List<')
}
