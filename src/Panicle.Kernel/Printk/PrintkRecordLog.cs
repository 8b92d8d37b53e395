using System.Text;

namespace Panicle.Kernel.Printk;

/// <summary>
/// The log of 3.5 to 5.9 (<c>struct printk_log</c>, kernel/printk/printk.c of those kernels): records of varying length,
/// one after the other from <c>log_first_idx</c> to <c>log_next_idx</c>; a record of length 0 sends the reader back to the start.
/// </summary>
internal static class PrintkRecordLog
{
    public static KernelLog Read(KernelDump kernel)
    {
        var memory = kernel.Memory;
        var address = memory.ReadWord(kernel.SymbolAddress("log_buf"), "log_buf");
        var size = memory.ReadUInt32(kernel.SymbolAddress("log_buf_len"), "log_buf_len");
        var first = memory.ReadUInt32(kernel.SymbolAddress("log_first_idx"), "log_first_idx");
        var next = memory.ReadUInt32(kernel.SymbolAddress("log_next_idx"), "log_next_idx");
        var ring = memory.ReadBlock(address, size, kernel.Limits, "the log");

        var info = kernel.Info;
        var header = (int)(info.SizeOf("printk_log") ?? 16);
        var timeOffset = (int)(info.OffsetOf("printk_log.ts_nsec") ?? 0);
        var lengthOffset = (int)(info.OffsetOf("printk_log.len") ?? 8);
        var textOffset = (int)(info.OffsetOf("printk_log.text_len") ?? 10);

        var records = new List<LogRecord>();
        var losses = new Losses();
        var wrapped = false;
        for (var index = first; index != next;)
        {
            if (index + header > ring.Length)
            {
                losses.Add($"the log breaks off at offset {index}: it lies outside the buffer of {size} bytes");
                break;
            }
            var record = ring.AsSpan((int)index);
            var length = memory.Words.ReadUInt16(record[lengthOffset..]);
            if (length == 0)
            {
                if (wrapped)
                {
                    losses.Add($"the log breaks off at offset {index}: it wraps twice");
                    break;
                }
                wrapped = true;
                index = 0;
                continue;
            }
            var textLength = memory.Words.ReadUInt16(record[textOffset..]);
            if (length < header || textLength > record.Length - header)
            {
                losses.Add($"the log breaks off at offset {index}: "
                    + $"a record of {length} bytes with {textLength} of text is not plausible");
                break;
            }
            records.Add(new LogRecord
            {
                Sequence = (ulong)records.Count,
                Nanoseconds = memory.Words.ReadUInt64(record[timeOffset..]),
                Facility = record[textOffset + 4],
                Level = record[textOffset + 5] >> 5,
                Text = Encoding.UTF8.GetString(record.Slice(header, textLength)),
            });
            index += length;
        }
        return new KernelLog(records, losses);
    }
}
