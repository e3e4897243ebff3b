package troupe.cluster.simulation.faults;

/** What takes messages: an actor of production. */
interface Endpoint {
    Machine machine();

    void receive(Message message);
}
