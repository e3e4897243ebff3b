package troupe.actors;

/** Marks messages that may cross nodes: they travel as CBOR. Only classes of Troupe's actors are accepted from the wire. */
public interface CborSerializable {}
