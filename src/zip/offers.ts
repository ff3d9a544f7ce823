import type { WritableFile } from "../bytes/file.js";
import { tryLock, unlock } from "../bytes/file-lock.js";
import { isZarrError } from "../errors.js";
import { noRecord } from "./lock-records.js";
import {
  answeredId,
  type Claim,
  claimsBytes,
  claimsOffset,
  formatAnswer,
  formatClaims,
  formatOffer,
  newOfferId,
  type OfferAnswer,
  type OfferRecord,
  offerBytes,
  parseAnswer,
  parseClaims,
  parseOffer,
} from "./offer-records.js";

/** Work that the lock's holder can do for somebody who waits. */
export interface OfferedWork {
  /** What kind of work it is: whoever does work of the same kind can do this as well. */
  kind(): Uint8Array;
  /** What it takes. */
  payload(): Uint8Array;
}

/** Work of another writer, which the lock's holder has begun to do. */
export interface TakenOffer {
  readonly id: number;
  readonly slot: number;
  readonly payloadBytes: number;
}

/** What the lock's holder has to do: its own work and that of others. */
export interface TakenWork {
  readonly others: readonly TakenOffer[];
  /** What all of it takes, in this order, the holder's own first. Holds until more is taken. */
  readonly payload: Uint8Array;
}

/** An offer in its slot. */
type SlotOffer = OfferRecord & { readonly slot: number };

/** Writers that can offer something at the same time; others wait for the lock alone. */
const slots = 64;

/** How many slots a writer looks at for a free one. */
const slotsTried = 8;

/** Offers and answers of all slots, then the contents. */
const offersOffset = 12288;
const tableBytes = slots * offerBytes;
const answersOffset = offersOffset + tableBytes;
const tablesEnd = answersOffset + tableBytes;
const allSlots = Array.from({ length: slots }, (_, slot) => slot);
const contentsOffset = 2 ** 20;
const contentBytes = 2 ** 20;

/** The byte that the owner of the first slot locks: the next slots have the next bytes. */
const firstLockedByte = 2 ** 30 + 1;

/** Contents that the lock's holder takes along at most, in bytes. */
const bytesTaken = 8 * 2 ** 20;

/**
 * What writers that wait for the lock offer to its holder, in the lock file. Each has a slot of its own, which it locks, so that the
 * offers of killed ones can be told. Only the holder answers.
 *
 * A writer that waits no longer removes its offer and then looks whether it is claimed; the holder claims offers and then looks whether
 * they are still there. So at least one of them sees the other. An answer is there before its claim goes.
 */
export class Offers {
  readonly #file: WritableFile;
  #slot: number | undefined;
  /** Of the offer that waits for an answer. */
  #id: number | undefined;
  /** Where records, and the work of others, are read to. */
  readonly #answer = new Uint8Array(offerBytes);
  readonly #offers = new Uint8Array(tableBytes);
  readonly #answers = new Uint8Array(tableBytes);
  #memory = new Uint8Array();

  constructor(file: WritableFile) {
    this.#file = file;
  }

  /** Offers work to whoever holds the lock, unless it is too large, no slot is free, or the system fails. */
  async offer(work: OfferedWork): Promise<void> {
    const [kind, payload] = [work.kind(), work.payload()];
    const size = kind.length + payload.length;
    if (payload.length === 0 || size > contentBytes) return;
    try {
      this.#slot ??= await this.#takeSlot();
      const slot = this.#slot;
      if (slot === undefined) return;
      const id = newOfferId();
      await this.#file.writePieces([kind, payload], contentsOffset + slot * contentBytes);
      this.#id = id;
      const record = { id, kindBytes: kind.length, payloadBytes: payload.length };
      await this.#file.write(formatOffer(record), offersOffset + slot * offerBytes);
    } catch (error) {
      if (!isZarrError(error, "ERR_STORE_WRITE")) throw error; // then it waits for the lock alone
    }
  }

  /** The answer to what was offered. */
  answer(): OfferAnswer | undefined {
    const answer = this.#findAnswer();
    if (answer !== undefined) this.#id = undefined;
    return answer;
  }

  #findAnswer(): OfferAnswer | undefined {
    if (this.#id === undefined) return undefined;
    const at = answersOffset + this.#slot! * offerBytes;
    const bytes = this.#file.readSync(at, offerBytes, this.#answer);
    return answeredId(bytes) === this.#id ? parseAnswer(bytes) : undefined;
  }

  /**
   * Takes the offer back.
   * @returns whether nobody has begun to do the work, or will
   */
  async withdraw(): Promise<boolean> {
    if (this.#id === undefined) return true;
    await this.#clear(this.#slot!);
    // Who has done it answers before the claim goes.
    if (this.#mayBeClaimed(({ id }) => id === this.#id) || this.#findAnswer() !== undefined) return false;
    this.#id = undefined;
    return true;
  }

  /** Takes the offer back, if nobody has done the work. For the lock's holder, when nothing of a dead one waits to be completed. */
  async settle(): Promise<OfferAnswer | undefined> {
    const answer = this.answer();
    if (answer === undefined && this.#id !== undefined) await this.#clear(this.#slot!);
    this.#id = undefined;
    return answer;
  }

  /** Claims work of one's own kind whose owners live. For the lock's holder, who then has to answer, or to {@link release} it. */
  async take(own: OfferedWork): Promise<TakenWork | undefined> {
    const open = this.#open();
    if (open.length === 0) return undefined;
    const [kind, payload] = [own.kind(), own.payload()];
    const found: SlotOffer[] = [];
    let bytes = payload.length;
    for (const offer of open) {
      const size = offer.kindBytes + offer.payloadBytes;
      const fits = offer.kindBytes === kind.length && size <= contentBytes && bytes + size <= bytesTaken;
      if (!fits || !(await this.#isOwned(offer.slot))) continue;
      found.push(offer);
      bytes += offer.payloadBytes;
    }
    if (found.length === 0) return undefined;
    await this.#file.write(formatClaims(found.map(({ id, slot }) => ({ id, slot, result: 0 }))), claimsOffset);
    const stillOpen = new Set(this.#open().map(({ id }) => id));
    if (this.#memory.length < bytes) this.#memory = new Uint8Array(Math.min(2 * bytes, bytesTaken));
    this.#memory.set(payload);
    const others: TakenOffer[] = [];
    let end = payload.length;
    for (const offer of found) {
      const { id, slot, payloadBytes } = offer;
      const at = contentsOffset + slot * contentBytes;
      if (!stillOpen.has(id) || Buffer.compare(this.#file.readSync(at, kind.length), kind) !== 0) continue;
      this.#file.readSync(at + kind.length, payloadBytes, this.#memory.subarray(end));
      others.push(offer);
      end += payloadBytes;
    }
    return { others, payload: this.#memory.subarray(0, end) };
  }

  /** Gives up what was claimed, where nothing of it was committed. */
  async release(): Promise<void> {
    await this.#file.write(noRecord, claimsOffset);
  }

  /** Tells the owners of claimed work that it is in the archive. */
  async answerAll(claims: readonly Claim[], commit: string): Promise<void> {
    for (const { id, slot, result } of claims) {
      await this.#file.write(formatAnswer({ id, commit, result }), answersOffset + slot * offerBytes);
    }
  }

  /** Offers of others that nobody has answered. */
  #open(): SlotOffer[] {
    if (this.#file.size < tablesEnd && this.#file.refresh() < tablesEnd) return [];
    const offers = this.#file.readSync(offersOffset, tableBytes, this.#offers);
    const isThere = (slot: number) => offers[slot * offerBytes] !== 0 && slot !== this.#slot;
    const there = allSlots.filter(isThere);
    if (there.length === 0) return [];
    this.#file.refresh(); // for their contents
    const answers = this.#file.readSync(answersOffset, tableBytes, this.#answers);
    return there.flatMap((slot) => {
      const [start, end] = [slot * offerBytes, (slot + 1) * offerBytes];
      const offer = parseOffer(offers.subarray(start, end));
      const isAnswered = parseAnswer(answers.subarray(start, end))?.id === offer?.id;
      return offer === undefined || isAnswered ? [] : [{ ...offer, slot }];
    });
  }

  /** Whether the owner of a slot lives. What a killed one has left is removed. */
  async #isOwned(slot: number): Promise<boolean> {
    if (!tryLock(this.#file, firstLockedByte + slot)) return true;
    await this.#clear(slot);
    unlock(this.#file, firstLockedByte + slot);
    return false;
  }

  async #takeSlot(): Promise<number | undefined> {
    const first = Math.floor(Math.random() * slots);
    for (let i = 0; i < slotsTried; i++) {
      const slot = (first + i) % slots;
      if (!tryLock(this.#file, firstLockedByte + slot)) continue;
      try {
        await this.#clear(slot); // what a killed writer has left there
        if (!this.#mayBeClaimed((claim) => claim.slot === slot)) return slot;
      } catch (error) {
        unlock(this.#file, firstLockedByte + slot);
        throw error;
      }
      unlock(this.#file, firstLockedByte + slot);
    }
    return undefined;
  }

  async #clear(slot: number): Promise<void> {
    await this.#file.write(noRecord, offersOffset + slot * offerBytes);
  }

  /** Whether the lock's holder does such work, or may. */
  #mayBeClaimed(isSuch: (claim: Claim) => boolean): boolean {
    const size = Math.min(this.#file.refresh() - claimsOffset, claimsBytes(slots));
    if (size < claimsBytes(0)) return false;
    const claims = parseClaims(this.#file.readSync(claimsOffset, size));
    const isBeingWritten = claims?.length === 0;
    return isBeingWritten || claims?.some(isSuch) === true;
  }
}
