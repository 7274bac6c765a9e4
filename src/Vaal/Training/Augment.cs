using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Vaal.Training;

/// <summary>What a random shift uncovers is filled with.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Border>))]
internal enum Border
{
    /// <summary>Zero bytes: black.</summary>
    Zero,

    /// <summary>The picture mirrored at its edge.</summary>
    Reflect,
}

/// <summary>Bytes to floats, and the random changes to training images: whole batches at a time, one draw per
/// image.</summary>
internal static class Augment
{
    /// <summary>(B, C, H, W) bytes to floats in [-1, 1]: (x/255 − 0.5)/0.5, in float32 and in that order.</summary>
    public static Tensor Normalise(Tensor bytes)
    {
        using var scope = NewDisposeScope();
        return bytes.to(ScalarType.Float32).div_(255).sub_(0.5).div_(0.5).MoveToOuterDisposeScope();
    }

    /// <summary>Mirrors each image left to right with probability ½.</summary>
    public static Tensor Flip(Tensor x, Generator generator)
    {
        using var scope = NewDisposeScope();
        var heads = rand(x.shape[0], 1, 1, 1, generator: generator).lt(0.5).to(x.device);    // (B, 1, 1, 1)
        return where(heads, x.flip(3), x).MoveToOuterDisposeScope();
    }

    /// <summary>Moves each image by a whole number of pixels in −<paramref name="by"/>..<paramref name="by"/>, each way
    /// alike; less than its
    /// smaller side, beyond which nothing is left to mirror.</summary>
    public static Tensor Shift(Tensor x, int by, Border border, Generator generator)
    {
        using var scope = NewDisposeScope();
        var (b, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        by = (int)Math.Min(by, Math.Min(h, w) - 1);
        var moves = randint(-by, by + 1, [2, b, 1, 1], generator: generator).to(x.device);   // rows, columns
        var (row, rowInside) = Source(moves[0], h, border);                                  // (B, 1, H)
        var (column, columnInside) = Source(moves[1], w, border);                            // (B, 1, W)
        var from = (row.unsqueeze(3) * w + column.unsqueeze(2)).expand(b, c, h, w);          // (B, C, H, W)
        var moved = x.flatten(2).gather(2, from.flatten(2)).view(b, c, h, w);
        if (border == Border.Zero)
            moved.masked_fill_((rowInside.unsqueeze(3) & columnInside.unsqueeze(2)).logical_not(), 0);
        return moved.MoveToOuterDisposeScope();
    }

    /// <summary>A window of each image, each place alike; whole images where they are no larger.</summary>
    /// <returns>(B, C, min(H, <paramref name="side"/>), min(W, <paramref name="side"/>))</returns>
    public static Tensor Crop(Tensor x, int side, Generator generator)
    {
        using var scope = NewDisposeScope();
        var (b, c, h, w) = (x.shape[0], x.shape[1], Math.Min(side, x.shape[2]), Math.Min(side, x.shape[3]));
        var top = randint(0, x.shape[2] - h + 1, [b, 1, 1], generator: generator).to(x.device);
        var left = randint(0, x.shape[3] - w + 1, [b, 1, 1], generator: generator).to(x.device);
        // (B, h, w)
        var from = (top + arange(h, device: x.device).unsqueeze(1)) * x.shape[3] + left + arange(w, device: x.device);
        return x.flatten(2).gather(2, from.flatten(1).unsqueeze(1).expand(b, c, h * w)).view(b, c, h, w)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Where each position of a shifted line of <paramref name="length"/> pixels comes from, and whether that
    /// was inside.</summary>
    private static (Tensor At, Tensor Inside) Source(Tensor moves, long length, Border border)
    {
        var at = arange(length, device: moves.device) + moves;
        var inside = at.ge(0) & at.lt(length);
        var last = length - 1;
        return (border == Border.Reflect ? last - (last - at.abs()).abs() : at.clamp(0, last), inside);
    }
}
