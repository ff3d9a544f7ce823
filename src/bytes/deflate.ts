/** The part of fflate that is used, by itself: a bundler that loads a whole package later leaves nothing of it out. */
export { deflateSync } from "fflate";
