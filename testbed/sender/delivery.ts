// One message on its way, not signed yet.

export interface Delivery {
  readonly id: string;
  readonly body: string;
}
