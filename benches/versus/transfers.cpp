// Transfers at given instants over given links, shared by SimGrid's max-min solver: when each ends.
//
// usage: transfers <FILE: how many nodes, then up and down of each in bytes per second, then how many transfers, then start in seconds,
//        sender, receiver and bytes of each, by rising start; prints when each ended, a line each.
#include <cstdio>
#include <simgrid/s4u.hpp>
#include <string>
#include <vector>

namespace sg4 = simgrid::s4u;

struct Transfer { double start; int from, to; unsigned long bytes; double end; };

static std::vector<sg4::Host*> hosts;
static std::vector<Transfer> transfers;

static void carry(int number)
{
    Transfer& transfer = transfers[number];
    sg4::Comm::sendto(hosts[transfer.from], hosts[transfer.to], transfer.bytes);
    transfer.end = sg4::Engine::get_clock();
}

// Begins them one after the other, so that no actor waits for its turn.
static void begin()
{
    for (size_t number = 0; number < transfers.size(); number++) {
        sg4::this_actor::sleep_until(transfers[number].start);
        sg4::Actor::create("transfer", hosts[transfers[number].from], carry, static_cast<int>(number));
    }
}

int main(int argc, char** argv)
{
    sg4::Engine engine(&argc, argv);
    sg4::Engine::set_config("network/model:CM02");
    sg4::Engine::set_config("network/crosstraffic:0");
    sg4::Engine::set_config("network/TCP-gamma:0");
    sg4::Engine::set_config("contexts/stack-size:64");

    int nodes = 0, count = 0;
    if (std::scanf("%d", &nodes) != 1)
        return 2;
    auto* world = sg4::create_star_zone("world");
    for (int id = 0; id < nodes; id++) {
        double up = 0, down = 0;
        if (std::scanf("%lf %lf", &up, &down) != 2)
            return 2;
        const std::string name = "node" + std::to_string(id);
        hosts.push_back(world->create_host(name, 1e9)->seal());
        auto* out = world->create_link(name + "-up", up)->set_latency(0)->seal();
        auto* in = world->create_link(name + "-down", down)->set_latency(0)->seal();
        world->add_route(hosts[id]->get_netpoint(), nullptr, nullptr, nullptr, {sg4::LinkInRoute(out)}, false);
        world->add_route(nullptr, hosts[id]->get_netpoint(), nullptr, nullptr, {sg4::LinkInRoute(in)}, false);
    }
    world->seal();
    if (std::scanf("%d", &count) != 1)
        return 2;
    transfers.resize(count);
    for (Transfer& one : transfers)
        if (std::scanf("%lf %d %d %lu", &one.start, &one.from, &one.to, &one.bytes) != 4)
            return 2;
    sg4::Actor::create("begin", hosts[0], begin);
    engine.run();
    for (const Transfer& one : transfers)
        std::printf("%.12f\n", one.end);
    return 0;
}
