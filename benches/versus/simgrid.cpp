// The swarm of swarm.json written against SimGrid, by the protocol's text (docs/protocol.md) and with no code of ours: one tracker, peers
// that all come at once and stay, Chunks Queries in rounds, fetches one after another in every slot, links shared by
// SimGrid's own max-min solver.
//
// usage: simgrid PEERS CHUNKS CHUNK_BYTES ORIGIN_UP UP DOWN LATENCY_S QUERY_INTERVAL_S LIST_INTERVAL_S SLOTS STRATEGY SEED
//        (rates in bytes per second; STRATEGY: random or rarest-first); prints when each peer had the file, a line each.
#include <cstdio>
#include <cstdlib>
#include <random>
#include <simgrid/s4u.hpp>
#include <string>
#include <vector>

namespace sg4 = simgrid::s4u;

static int peers, chunks, slots;
static double chunk_bytes, latency, query_interval, list_interval;
static bool rarest;
static std::mt19937_64 draws;

struct Peer {
    sg4::Host* host = nullptr;
    std::vector<int> log;      // its chunks, in the order in which it got them
    std::vector<int> place;    // by chunk: where in the log it stands, or -1
    std::vector<bool> wanted;  // neither here nor on its way
    std::vector<int> known;    // by neighbor: how much of its log it told of
    std::vector<bool> busy;    // by neighbor: a fetch from it is under way
    std::vector<int> copies;   // by chunk: neighbors known to have it
    struct Slot { sg4::ActorPtr actor; bool given; int chunk, from; };
    std::vector<Slot> slots;
    std::vector<int> idle;     // slots with nothing to do
    double done = -1;
};

static std::vector<Peer> swarm; // the first is the origin

// The chunk to fetch next and from whom; false where there is nothing to be had.
static bool pick(Peer& me, int& chunk, int& from)
{
    int found = 0, least = 0;
    std::vector<int> holders;
    for (int c = 0; c < chunks; c++) {
        if (!me.wanted[c] || me.copies[c] == 0 || (rarest && found > 0 && me.copies[c] > least))
            continue;
        bool some = false;
        for (int j = 0; j < peers && !some; j++)
            some = !me.busy[j] && swarm[j].place[c] >= 0 && swarm[j].place[c] < me.known[j];
        if (!some)
            continue;
        if (rarest && (found == 0 || me.copies[c] < least)) {
            least = me.copies[c];
            found = 0;
        }
        if (std::uniform_int_distribution<int>(0, found++)(draws) == 0)
            chunk = c;
    }
    if (found == 0)
        return false;
    for (int j = 0; j < peers; j++)
        if (!me.busy[j] && swarm[j].place[chunk] >= 0 && swarm[j].place[chunk] < me.known[j])
            holders.push_back(j);
    from = holders[std::uniform_int_distribution<size_t>(0, holders.size() - 1)(draws)];
    return true;
}

// Gives idle slots something to do, at once: what is asked for now is chosen by what is known now.
static void fill(Peer& me)
{
    int chunk = 0, from = 0;
    while (!me.idle.empty() && pick(me, chunk, from)) {
        Peer::Slot& slot = me.slots[me.idle.back()];
        me.idle.pop_back();
        me.wanted[chunk] = false;
        me.busy[from] = true;
        slot.given = true;
        slot.chunk = chunk;
        slot.from = from;
        slot.actor->resume();
    }
}

static void fetch(int id, int number)
{
    Peer& me = swarm[id];
    me.slots[number].actor = sg4::Actor::self();
    while (true) {
        me.idle.push_back(number);
        fill(me);
        while (!me.slots[number].given)
            sg4::this_actor::suspend();
        me.slots[number].given = false;
        const int chunk = me.slots[number].chunk, from = me.slots[number].from;
        sg4::this_actor::sleep_for(latency);
        sg4::Comm::sendto(swarm[from].host, me.host, static_cast<uint64_t>(chunk_bytes));
        me.busy[from] = false;
        me.place[chunk] = static_cast<int>(me.log.size());
        me.log.push_back(chunk);
        if (static_cast<int>(me.log.size()) == chunks)
            me.done = sg4::Engine::get_clock();
    }
}

static void query(int id)
{
    Peer& me = swarm[id];
    // The Join and its answer, which names who joined before.
    const double member = 2 * latency;
    sg4::this_actor::sleep_for(member);
    for (int round = 0; me.done < 0; round++) {
        const double now = sg4::Engine::get_clock();
        const int neighbors = now < member + list_interval + 2 * latency ? id : peers;
        sg4::this_actor::sleep_for(latency);
        std::vector<int> told(neighbors);
        for (int j = 0; j < neighbors; j++)
            told[j] = j == id ? 0 : static_cast<int>(swarm[j].log.size());
        sg4::this_actor::sleep_for(latency);
        // Answers come one after another in this instant, and whoever has something to ask for asks at once.
        for (int j = 0; j < neighbors; j++) {
            if (told[j] <= me.known[j])
                continue;
            for (int k = me.known[j]; k < told[j]; k++)
                me.copies[swarm[j].log[k]]++;
            me.known[j] = told[j];
            fill(me);
        }
        sg4::this_actor::sleep_until(member + (round + 1) * query_interval);
    }
}

int main(int argc, char** argv)
{
    sg4::Engine engine(&argc, argv);
    if (argc != 13) {
        std::fprintf(stderr, "simgrid: 12 arguments are needed; the source says which\n");
        return 2;
    }
    peers = std::atoi(argv[1]) + 1;
    chunks = std::atoi(argv[2]);
    chunk_bytes = std::atof(argv[3]);
    const double origin_up = std::atof(argv[4]), up = std::atof(argv[5]), down = std::atof(argv[6]);
    latency = std::atof(argv[7]);
    query_interval = std::atof(argv[8]);
    list_interval = std::atof(argv[9]);
    slots = std::atoi(argv[10]);
    rarest = std::string(argv[11]) == "rarest-first";
    draws.seed(std::strtoull(argv[12], nullptr, 10));
    // Bytes at the links' rates and latencies as given: no protocol overhead, no bound by window.
    sg4::Engine::set_config("network/model:CM02");
    sg4::Engine::set_config("network/crosstraffic:0");
    sg4::Engine::set_config("network/TCP-gamma:0");

    auto* world = sg4::create_star_zone("world");
    swarm.resize(peers);
    for (int id = 0; id < peers; id++) {
        Peer& peer = swarm[id];
        const std::string name = "peer" + std::to_string(id);
        peer.host = world->create_host(name, 1e9)->seal();
        auto* out = world->create_link(name + "-up", id == 0 ? origin_up : up)->set_latency(latency)->seal();
        auto* in = world->create_link(name + "-down", down)->set_latency(0)->seal();
        world->add_route(peer.host->get_netpoint(), nullptr, nullptr, nullptr, {sg4::LinkInRoute(out)}, false);
        world->add_route(nullptr, peer.host->get_netpoint(), nullptr, nullptr, {sg4::LinkInRoute(in)}, false);
        peer.place.assign(chunks, -1);
        peer.wanted.assign(chunks, true);
        peer.known.assign(peers, 0);
        peer.busy.assign(peers, false);
        peer.copies.assign(chunks, 0);
        if (id == 0) {
            for (int c = 0; c < chunks; c++)
                peer.log.push_back(peer.place[c] = c);
            peer.done = 0;
        }
    }
    world->seal();
    for (int id = 1; id < peers; id++) {
        sg4::Actor::create("query", swarm[id].host, query, id);
        swarm[id].slots.resize(slots);
        for (int slot = 0; slot < slots; slot++)
            sg4::Actor::create("fetch", swarm[id].host, fetch, id, slot)->daemonize();
    }
    engine.run();
    for (int id = 1; id < peers; id++)
        std::printf("%.9f\n", swarm[id].done);
    return 0;
}
