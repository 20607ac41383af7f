// A server as Boost.Asio's own examples are built: one io_context, several threads, connections that are kept, and datagrams at the same port. Started
// with the number of the port; ends by SIGTERM once all that was asked is answered.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <thread>
#include <vector>
#include <boost/asio.hpp>

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;

// A connection; all of it on its own strand.
struct Session : std::enable_shared_from_this<Session> {
    explicit Session(tcp::socket s) : socket(std::move(s)) {}

    void read() {
        asio::async_read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n", [self = shared_from_this()](auto error, std::size_t length) {
            if (error)
                return;
            self->request.erase(0, length);
            self->isIdle = false;
            asio::async_write(self->socket, asio::buffer(answer), [self](auto error, std::size_t) {
                self->isIdle = true;
                if (!error && !self->ends)
                    self->read();
            });
        });
    }

    void end() {
        asio::post(socket.get_executor(), [self = shared_from_this()] {
            self->ends = true;
            if (self->isIdle)
                self->socket.cancel();
        });
    }

    inline static const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";
    tcp::socket socket;
    std::string request;
    bool isIdle = false, ends = false; // A new one is not idle: a client that was accepted is answered once.
};

// What the connections share; all of it on one strand.
struct Server {
    Server(asio::io_context &io, unsigned short port) : io(io), all(asio::make_strand(io)), acceptor(all), datagrams(all), signals(all, SIGTERM) {
        // The order of asio's own constructors: open() registers with epoll, bind comes afterwards.
        auto at = asio::ip::address_v4::loopback();
        acceptor.open(tcp::v4());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        acceptor.bind({at, port});
        acceptor.listen();
        datagrams.open(udp::v4());
        datagrams.bind({at, port});
        signals.async_wait([this](auto, int) {
            acceptor.close();
            datagrams.close();
            for (auto &session : sessions)
                if (auto known = session.lock())
                    known->end();
        });
        accept();
        receive();
    }

    void accept() {
        acceptor.async_accept(asio::make_strand(io), [this](auto error, tcp::socket socket) {
            if (!error) {
                auto session = std::make_shared<Session>(std::move(socket));
                sessions.erase(std::remove_if(sessions.begin(), sessions.end(), [](auto &s) { return s.expired(); }), sessions.end());
                sessions.push_back(session);
                session->read();
                if (!acceptor.is_open())
                    session->end();
            }
            if (acceptor.is_open())
                accept();
        });
    }

    void receive() {
        datagrams.async_receive_from(asio::buffer(datagram), sender, [this](auto error, std::size_t length) {
            if (!datagrams.is_open())
                return;
            if (!error)
                datagrams.send_to(asio::buffer(datagram, length), sender, 0, error);
            receive();
        });
    }

    asio::io_context &io;
    asio::strand<asio::io_context::executor_type> all;
    tcp::acceptor acceptor;
    udp::socket datagrams;
    asio::signal_set signals;
    std::vector<std::weak_ptr<Session>> sessions;
    std::array<char, 512> datagram;
    udp::endpoint sender;
};

int main(int, char **argv) {
    asio::io_context io(4);
    Server server(io, static_cast<unsigned short>(std::stoi(argv[1])));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
        threads.emplace_back([&] { io.run(); });
    for (auto &thread : threads)
        thread.join();
}
