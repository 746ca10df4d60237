/** Where a subscription stands in its stream of events, between the request and whoever tells the events. */
export interface StreamPosition {
  /** The id of the last event that the client has, as it says (`Last-Event-ID`); nothing of it is checked. */
  readonly lastEventId: string | undefined;
  /** The id of the event that is being told, or after the opening the one to go on from; undefined: it has none. */
  id: string | undefined;
}
