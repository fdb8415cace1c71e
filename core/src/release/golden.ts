import type { Datatype } from '../kserve/tensor.ts';

/** Numbers, or texts where the tensor is BYTES. */
type Values = { readonly shape: readonly number[]; readonly data: readonly (number | string)[] };

/** How far an output may be from the expected one: |got - expected| <= absolute + relative * |expected|. */
export type Tolerance = { readonly absolute: number; readonly relative: number };

/** A class: its place among the outputs of a classifier, or its name where the model answers with one. */
export type Label = number | string;

/** One request with the tensors that the training framework expects and the label that a person (or the data set) gave. */
export type GoldenCase = {
  readonly id: string;
  readonly inputs: Readonly<Record<string, Values & { readonly datatype: Datatype }>>;
  readonly expect: Readonly<Record<string, Values>>;
  readonly label: Label;
};

/** `golden.json`: what proves that the right model is loaded right (tensors), and that it is a good one (labels). */
export type GoldenSet = {
  readonly golden: 'conch/v1';
  readonly model: string;
  readonly outputs: Readonly<Record<string, { readonly datatype: Datatype; readonly tolerance: Tolerance | 'exact' }>>;
  readonly cases: readonly GoldenCase[];
};
