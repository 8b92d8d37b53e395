using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Panicle.Kdump.Configuration;
using Panicle.Kdump.Initramfs;
using Panicle.Kdump.Ssh;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Tests;

/// <summary>What would keep ssh from working in the capture kernel is refused when the initramfs is made.</summary>
public sealed class SshSetupTests : IDisposable
{
    private const string Name = "192.0.2.9";
    private static readonly string Key = KeyOf('k');
    private static readonly string Other = KeyOf('o');

    private readonly FixtureTree _tree = new FixtureTree().With("/proc/sys/kernel/osrelease", "6.1\n").With("/init", "")
        .With("/usr/bin/ssh", "").With("/sys/class/net/eth0/address", "52:54:00:00:00:01\n")
        .With("/proc/net/route", "Iface\neth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");

    public void Dispose() => _tree.Dispose();

    [Theory]
    [InlineData("192.0.2.9 KEY", true)]
    [InlineData("host,192.0.2.* KEY", true)]
    [InlineData("192.0.2.*,!192.0.2.9 KEY", false)]
    [InlineData("[192.0.2.9]:22 KEY", false)]
    [InlineData("HASHED KEY a comment", true)]
    [InlineData("@cert-authority 192.0.2.? KEY", true)]
    [InlineData("@revoked * KEY", false)]
    [InlineData("192.0.2.9 ssh-ed25519 AAAAnokey", false)]
    [InlineData("# 192.0.2.9 KEY", false)]
    [InlineData("192.0.2.9 KEY\n@revoked * KEY", false)]
    [InlineData("192.0.2.9 KEY\n@revoked * OTHER", true)]
    public void A_server_is_known_as_ssh_knows_it(string lines, bool isKnown)
    {
        AddKey(Private());
        _tree.With("/etc/ssh/ssh_known_hosts2", Fill(lines));
        if (isKnown)
            Assert.Equal(Fill(lines).Trim(), Text(Plan(""), "root/.ssh/known_hosts").Trim());
        else
            Assert.Contains("connect once as root with ssh kdump@192.0.2.9", Refused(""), StringComparison.Ordinal);
    }

    [Fact]
    public void With_another_port_the_key_stands_under_that_and_every_file_counts()
    {
        AddKey(Private());
        _tree.With("/root/.ssh/known_hosts", Fill("other.example KEY\n"))
            .With("/etc/ssh/ssh_known_hosts", Fill("[192.0.2.9]:2222 KEY\n"));
        var plan = Plan("", ":2222");
        Assert.Equal(Fill("[192.0.2.9]:2222 KEY\n"), Text(plan, "root/.ssh/known_hosts"));
        Assert.Contains("isn't known", Refused("", ":2223"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("aes256-ctr", "ssh-ed25519", "has a passphrase")]
    [InlineData("none", "sk-ssh-ed25519@openssh.com", "wants its token touched")]
    [InlineData("none", "ssh-ed25519", null)]
    public void A_key_that_wants_somebody_there_is_refused(string cipher, string type, string? problem)
    {
        _tree.With("/root/.ssh/known_hosts", Fill("192.0.2.9 KEY"));
        AddKey(Private(cipher, type));
        if (problem is null)
            Assert.NotNull(Plan(""));
        else
            Assert.Contains($"/root/.ssh/id_ed25519 {problem}", Refused(""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n",
        "has a passphrase")]
    [InlineData("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "has a passphrase")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", null)]
    [InlineData("ssh-ed25519 AAAA root@host\n", "is a public key")]
    [InlineData("hello\n", "is no private key")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "is a damaged private key")]
    public void Files_of_keys_are_told_apart(string text, string? problem)
    {
        var found = SshKey.Problem(text);
        Assert.Equal(problem is null, found is null);
        Assert.StartsWith(problem ?? "", found ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_can_be_used_goes_before_one_that_cannot_unless_that_one_is_set()
    {
        _tree.With("/root/.ssh/known_hosts", Fill("192.0.2.9 KEY"));
        AddKey(Private("aes256-ctr"));
        _tree.With("/root/.ssh/id_rsa", Private());
        Assert.Equal(Private(), Text(Plan(""), "root/.ssh/id"));
        Assert.Contains("has a passphrase", Refused("ssh-key = /root/.ssh/id_ed25519\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Target_and_fallback_are_both_known_and_on_one_network()
    {
        AddKey(Private());
        _tree.With("/root/.ssh/known_hosts", Fill("192.0.2.9 KEY\n192.0.2.10 OTHER\n"));
        var plan = Plan("fallback = ssh://kdump@192.0.2.10/b\n");
        Assert.Equal(Fill("192.0.2.9 KEY\n192.0.2.10 OTHER\n"), Text(plan, "root/.ssh/known_hosts"));
        Assert.Equal("52:54:00:00:00:01", plan.Configuration["interface"]);
        _tree.With("/sys/class/net/eth1/address", "52:54:00:00:00:02\n").With("/proc/net/route",
            "Iface\neth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
                + "eth1\t0A0200C0\t00000000\t0001\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n");
        Assert.Contains("is reached through eth1, and the target through eth0",
            Refused("fallback = ssh://kdump@192.0.2.10/b\n"), StringComparison.Ordinal);
    }

    private CaptureInitramfs Plan(string more, string port = "") => CaptureInitramfs.Plan(_tree.Root, "6.1",
        EffectiveConfiguration.Parse("/etc/panicle.conf", $"target = ssh://kdump@{Name}{port}/a\n{more}"),
        _tree.Root.PathOf("/init"));

    private string Refused(string more, string port = "") => Assert.Throws<TargetException>(() => Plan(more, port)).Message;

    private static string Text(CaptureInitramfs plan, string path) =>
        Encoding.UTF8.GetString(Assert.Single(plan.Files, file => file.Path == path).Content.Span);

    private void AddKey(string text) => _tree.With("/root/.ssh/id_ed25519", text);

    private static string Fill(string lines) => lines.Replace("KEY", Key, StringComparison.Ordinal)
        .Replace("OTHER", Other, StringComparison.Ordinal).Replace("HASHED", Hashed(), StringComparison.Ordinal);

    private static string Hashed()
    {
        var salt = Encoding.ASCII.GetBytes("a salt of 20 letters");
#pragma warning disable CA5350 // As ssh does it.
        var hash = HMACSHA1.HashData(salt, Encoding.ASCII.GetBytes(Name));
        return $"|1|{Convert.ToBase64String(salt)}|{Convert.ToBase64String(hash)}";
#pragma warning restore CA5350
    }

    private static string KeyOf(char letter) =>
        $"ssh-ed25519 {Convert.ToBase64String([.. Field("ssh-ed25519"), .. Field(new string(letter, 32))])}";

    // As ssh-keygen writes it, as far as what says whether it can be used.
    private static string Private(string cipher = "none", string type = "ssh-ed25519")
    {
        byte[] bytes = [.. "openssh-key-v1\0"u8, .. Field(cipher), .. Field("none"), .. Field(""), 0, 0, 0, 1,
            .. Field(Encoding.Latin1.GetString([.. Field(type), .. Field(new string('k', 32))]))];
        return $"-----BEGIN OPENSSH PRIVATE KEY-----\n{Convert.ToBase64String(bytes)}\n-----END OPENSSH PRIVATE KEY-----\n";
    }

    private static byte[] Field(string text)
    {
        var bytes = new byte[4 + text.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes, text.Length);
        Encoding.Latin1.GetBytes(text, bytes.AsSpan(4));
        return bytes;
    }
}
