// Owns how a StorageClass or an IngressClass says that it is the default one.
// Source: kubernetes pkg/apis/storage/util/helpers.go, plugin/pkg/admission/network/defaultingressclass.

interface Annotated {
  readonly annotations?: Readonly<Record<string, string>>
}

const STORAGE = 'storageclass.kubernetes.io/is-default-class'
// The name of the annotation before v1, still read.
const BETA_STORAGE = 'storageclass.beta.kubernetes.io/is-default-class'
const INGRESS = 'ingressclass.kubernetes.io/is-default-class'

/** True for the metadata of a StorageClass that claims without a class get. */
export function isDefaultClass({ annotations }: Annotated): boolean {
  return annotations?.[STORAGE] === 'true' || annotations?.[BETA_STORAGE] === 'true'
}

/** True for the metadata of an IngressClass that an Ingress without a class gets. */
export function isDefaultIngressClass({ annotations }: Annotated): boolean {
  return annotations?.[INGRESS] === 'true'
}

interface Dated {
  readonly metadata: Annotated & { readonly name: string; readonly creationTimestamp?: string | null }
}

/** The one that counts where several are marked: the newest, by name among those of one second. */
export function newestClass<T extends Dated>(classes: readonly T[]): T | undefined {
  return classes.toSorted(
    ({ metadata: a }, { metadata: b }) =>
      Date.parse(b.creationTimestamp ?? '') - Date.parse(a.creationTimestamp ?? '') ||
      (a.name < b.name ? -1 : 1),
  )[0]
}
