using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Vaal.Data;

/// <summary>A block of bytes of any length, in memory or in a mapped file, that outlives whoever reads it.</summary>
internal sealed unsafe class PixelStore : IDisposable
{
    /// <summary>Files up to so many bytes are read into memory: a mapped file that another program cuts short ends this
    /// process.</summary>
    private const long ReadWhole = 256L << 20;

    private readonly byte* _start;
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly bool _ofAFile;
    private bool _disposed;

    private PixelStore(byte* start, long length, MemoryMappedFile? file = null, MemoryMappedViewAccessor? view = null,
        bool ofAFile = false)
    {
        _start = start;
        _ofAFile = ofAFile || file is not null;
        (Length, _file, _view) = (length, file, view);
    }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>Memory outside the garbage collector's heap, filled with zeros.</summary>
    public static PixelStore Allocate(long length) =>
        new((byte*)NativeMemory.AllocZeroed((nuint)Math.Max(length, 1)), length);

    public static PixelStore Copy(ReadOnlySpan<byte> bytes)
    {
        var store = Allocate(bytes.Length);
        bytes.CopyTo(new Span<byte>(store._start, bytes.Length));
        return store;
    }

    /// <summary>Part of a file that is never written: read at once where it is small, else on demand.</summary>
    /// <exception cref="InvalidDataException">the file is shorter</exception>
    public static PixelStore Map(string path, long offset, long length)
    {
        using (var whole = RegularFile.OpenRead(path))
        {
            if (whole.Length < offset + length)
                throw new InvalidDataException(
                    $"expected {offset + length:N0} bytes in {path}, found {whole.Length:N0}; it was cut short");
            if (length <= ReadWhole) return Read(whole, offset, length);
        }
        var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        try
        {
            var view = file.CreateViewAccessor(offset, length, MemoryMappedFileAccess.Read);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            return new PixelStore(start + view.PointerOffset, length, file, view);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static PixelStore Read(FileStream file, long offset, long length)
    {
        var store = new PixelStore((byte*)NativeMemory.Alloc((nuint)Math.Max(length, 1)), length, ofAFile: true);
        try
        {
            const int most = 1 << 24;
            for (long at = 0; at < length;)
            {
                var rest = new Span<byte>(store._start + at, (int)Math.Min(most, length - at));
                var count = RandomAccess.Read(file.SafeFileHandle, rest, offset + at);
                if (count == 0) throw new InvalidDataException($"{file.Name} was cut short while it was read");
                at += count;
            }
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Bytes [<paramref name="offset"/>, <paramref name="offset"/> + <paramref name="length"/>).</summary>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, Length);
        return new ReadOnlySpan<byte>(_start + offset, length);
    }

    /// <summary>The same bytes to write to; only for memory that this process allocated.</summary>
    internal Span<byte> Writable(long offset, int length)
    {
        if (_ofAFile) throw new InvalidOperationException("what a file holds is read-only");
        _ = Slice(offset, length);
        return new Span<byte>(_start + offset, length);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (_view is null)
        {
            NativeMemory.Free(_start);
            return;
        }
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file!.Dispose();
    }
}
