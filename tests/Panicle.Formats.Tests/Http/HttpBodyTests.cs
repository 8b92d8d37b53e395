using System.Text;
using Panicle.Formats.Http;

namespace Panicle.Formats.Tests.Http;

/// <summary>What goes over the line when a file is sent, and what is made of the answer.</summary>
public class HttpBodyTests
{
    [Fact]
    public void A_body_of_unknown_length_goes_in_chunks()
    {
        var (sent, answer) = Send(length: null, "HTTP/1.1 201 Created\r\n\r\n", "four", "", "seventeen letters");
        Assert.Equal("4\r\nfour\r\n11\r\nseventeen letters\r\n0\r\n\r\n", sent);
        Assert.Equal(201, answer.Status);
    }

    [Fact]
    public void A_body_of_known_length_goes_as_it_is()
    {
        var (sent, answer) = Send(
            length: 8, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 507 Insufficient Storage\r\nServer: x\r\n\r\n", "four", "more");
        Assert.Equal("fourmore", sent);
        Assert.Equal((507, "HTTP/1.1 507 Insufficient Storage"), (answer.Status, answer.First));
    }

    [Fact]
    public void Another_length_than_the_announced_one_is_an_error()
    {
        Assert.Contains(
            "more than the 3", Assert.Throws<IOException>(() => Send(3, "", "four")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "4 bytes instead of the 5", Assert.Throws<IOException>(() => Send(5, "", "four")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nServer: ")]
    public void No_whole_answer_is_an_error(string answer) => Assert.Throws<IOException>(() => Send(4, answer, "four"));

    [Fact]
    public void What_isnt_HTTP_has_no_status() => Assert.Null(Send(4, "SSH-2.0-OpenSSH_9.2\r\n\r\n", "four").Answer.Status);

    private static (string Sent, HttpHead Answer) Send(long? length, string answer, params string[] parts)
    {
        using var connection = new Connection(answer);
        using var body = new HttpBody(connection, length);
        foreach (var part in parts)
            body.Write(Encoding.ASCII.GetBytes(part));
        var head = body.End();
        return (connection.Sent, head);
    }

    private sealed class Connection(string answer) : MemoryStream(Encoding.ASCII.GetBytes(answer))
    {
        private readonly StringBuilder _sent = new();

        public string Sent => _sent.ToString();

        public override void Write(ReadOnlySpan<byte> buffer) => _sent.Append(Encoding.ASCII.GetString(buffer));
    }
}
