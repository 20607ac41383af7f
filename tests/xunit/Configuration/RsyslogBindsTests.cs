using Aeterna.Configuration.Profiles.Rsyslog;
using Aeterna.Tests.Support;
using Xunit;

namespace Aeterna.Tests.Configuration;

/// <summary>Only what is surely missing is said to be: nobody is to be kept from a reload by mistake.</summary>
public class RsyslogBindsTests
{
    [Theory]
    [InlineData("module(load=\"imtcp\") input(type=\"imtcp\" port=\"514\")", "tcp://0.0.0.0:514", true)]
    [InlineData("module(load=\"imtcp\") input(type=\"imtcp\" port=\"515\")", "tcp://0.0.0.0:514", false)]
    [InlineData("module(load=\"imtcp\") input(type=\"imtcp\" port=\"`echo $PORT`\")", "tcp://0.0.0.0:514", true)]
    [InlineData("$ModLoad imtcp\n$InputTCPServerRun 514", "tcp://[::]:514", true)]
    [InlineData("$ModLoad imptcp\n$InputPTCPServerRun 515", "tcp://[::]:514", false)]
    [InlineData("module(load=\"imtcp\")", "tcp://0.0.0.0:514", false)]
    [InlineData("module(load=\"imrelp\") input(type=\"imrelp\" port=\"20514\")", "tcp://0.0.0.0:514", null)]
    [InlineData("module(load=\"immine\")", "tcp://0.0.0.0:514", null)]
    [InlineData("module(load=\"omprog\")", "tcp://0.0.0.0:514", null)]
    [InlineData("include(text=`cat /x`)", "tcp://0.0.0.0:514", null)]
    [InlineData("module(load=\"imudp\")", "udp://0.0.0.0:514", null)]
    [InlineData("module(load=\"imtcp\") module(load=\"imklog\")", "udp://0.0.0.0:514", false)]
    [InlineData("module(load=\"imuxsock\")", "unixgram:///dev/log", null)]
    [InlineData("module(load=\"imklog\")\n#module(load=\"imuxsock\")", "unixgram:///dev/log", false)]
    [InlineData("module(load=\"imptcp\") input(type=\"imptcp\" path=\"/x\")", "unix:///x", true)]
    [InlineData("module(load=\"imptcp\") input(type=\"imptcp\" path=\"/y\")", "unix:///x", false)]
    [InlineData("", "unixpacket:///x", null)]
    public void What_a_configuration_binds(string text, string address, bool? expected)
    {
        using var scratch = new ScratchDirectory();
        File.WriteAllText(scratch["rsyslog.conf"], text + "\n");
        Assert.Equal(expected, RsyslogBinds.Any(RsyslogConfiguration.Read(scratch["rsyslog.conf"], scratch[""]), Temp.Address(address)));
    }

    [Fact]
    public void A_file_that_cannot_be_read_says_nothing()
    {
        using var scratch = new ScratchDirectory();
        Assert.Null(RsyslogBinds.Any(RsyslogConfiguration.Read(scratch["none.conf"], scratch[""]), Temp.Address("tcp://0.0.0.0:514")));
    }
}
