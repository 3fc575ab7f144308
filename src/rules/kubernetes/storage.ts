// Owns what a volume or a claim says of itself in two ways, a field and the annotation that was there before it.
// Source: kubernetes pkg/apis/core/v1/helper (GetPersistentVolumeClass, GetPersistentVolumeClaimClass).

/** How a volume or a claim named its class before the field. */
export const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class'

interface Classed {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
  readonly spec?: { readonly storageClassName?: string } | undefined
}

/** The class of a volume or a claim; empty for one that has none. */
export function classNameOf({ metadata, spec }: Classed): string {
  return metadata.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName ?? ''
}
